import { render } from 'preact';
import './styles/base.css';
import './styles/overview.css';
import './styles/aside.css';
import './styles/problems.css';
import './styles/clusters.css';
import './styles/details.css';
import { App } from './ui/app.tsx';

const page = document.getElementById('page');
if (page) render(<App />, page);
